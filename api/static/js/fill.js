// Makes elements from the page's templates. Slots take text only: what documents say is never markup here.

export function cloned(templateId) {
  return document.getElementById(templateId).content.firstElementChild.cloneNode(true);
}

export function clonedAll(templateId) {
  return document.getElementById(templateId).content.cloneNode(true);
}

export function slot(element, name) {
  return element.querySelector(`[data-slot="${name}"]`);
}

export function fill(element, texts) {
  for (const [name, text] of Object.entries(texts)) slot(element, name).textContent = text;
  return element;
}
