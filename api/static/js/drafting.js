// The form that begins a course: documents found by name. What is chosen stays in sight.

const field = document.getElementById("find-document");
const list = document.getElementById("pick");

field?.addEventListener("input", () => {
  const wanted = field.value.trim().toLocaleLowerCase();
  for (const item of list.children) {
    const chosen = item.querySelector("input").checked;
    item.hidden = !chosen && !item.textContent.toLocaleLowerCase().includes(wanted);
  }
});
field?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});
