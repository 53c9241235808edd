// A short word on what was done, also for screen readers.

let ending;

export function toast(text) {
  const shown = document.getElementById("toast");
  shown.textContent = text;
  clearTimeout(ending);
  ending = setTimeout(() => { shown.textContent = ""; }, 4000);
}
