// Sets the chosen appearance before anything is painted. Runs as a classic script in the head for that reason.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const chosen = localStorage.getItem("groundwork-appearance");
  if (["light", "dark", "contrast"].includes(chosen)) root.dataset.appearance = chosen;
})();
