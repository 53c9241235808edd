// What a signed-in browser proves beside its cookie that a change is asked for by a page of ours.

const token = document.querySelector('meta[name="form-token"]')?.content;

export const formToken = token ? { "X-Groundwork-Form-Token": token } : {};
