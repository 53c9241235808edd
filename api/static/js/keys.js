// Single keys as commands. They can be switched off, and never work while somebody writes.

const SETTING = "groundwork-single-keys";

export function singleKeysAllowed() {
  return localStorage.getItem(SETTING) !== "off";
}

export function allowSingleKeys(allowed) {
  if (allowed) localStorage.removeItem(SETTING);
  else localStorage.setItem(SETTING, "off");
}

// `commands` maps a key to what it does; a command that returns false leaves the key to the browser.
export function onKeys(commands) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key.length === 1 && !singleKeysAllowed()) return;
    const command = commands[event.key];
    if (command && command(event) !== false) event.preventDefault();
  });
}

function isWriting(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
