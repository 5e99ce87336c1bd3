/* The pages work without this file. With it, forms answer as one types, figures stay fresh, and lines can be copied. */
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  const TYPING_PAUSE = 120;
  let running;

  /* Puts one part of a page as the server has it now in the place of the part with the same id. */
  async function renew(id, url, signal) {
    const response = await fetch(url, { signal, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(id);
    const old = document.getElementById(id);
    if (!fresh || !old) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(document.adoptNode(fresh));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async function submitted(form) {
    running?.abort();
    running = new AbortController();
    const fields = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...fields]) if (!value) fields.delete(name);
    const query = fields.toString();
    const url = location.pathname + (query ? "?" + query : "");
    try {
      await renew(form.dataset.live, url, running.signal);
      history.replaceState(null, "", url);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  }

  let typing;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => submitted(form), event.target.type === "search" ? TYPING_PAUSE : 0);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    event.preventDefault();
    clearTimeout(typing);
    submitted(form);
  });

  /* Over plain HTTP browsers have no clipboard API: there the selection is copied. */
  async function copied(element) {
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    }
    const selection = getSelection();
    selection.selectAllChildren(element);
    const done = document.execCommand("copy");
    if (done) selection.removeAllRanges();
    return done;
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const done = await copied(document.getElementById(button.dataset.copy)).catch(() => false);
    button.textContent = done ? "Copied" : "Selected";
    if (!done) getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });

  const search = document.querySelector("input[type=search]");
  if (document.activeElement === search) search?.setSelectionRange(search.value.length, search.value.length);

  for (const part of document.querySelectorAll("[data-refresh]")) {
    const { id } = part;
    setInterval(() => {
      if (document.hidden || !getSelection().isCollapsed) return;
      renew(id, location.href).catch(() => {});
    }, part.dataset.refresh * 1000);
  }
})();
