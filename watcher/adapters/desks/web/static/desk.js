// Smooths the plain forms: a decision swaps the page's main part and foot in place instead of loading a new page.
// Without this file everything works the same, only with a page load per click.
"use strict";

const REFRESH_AFTER = 800; // milliseconds; an approved row is usually written within a second
const REFRESHES = 15;
let refreshes = 0;
let busy = false;

function show(text, url) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const main = next.getElementById("main");
  if (!main) {
    location.assign("/");
    return;
  }
  const opened = [...document.querySelectorAll("main details[id][open]")].map((fold) => fold.id);
  for (const id of opened) {
    main.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  const swap = () => {
    document.getElementById("main").replaceWith(document.adoptNode(main));
    const foot = next.querySelector("body > footer");
    if (foot) {
      document.querySelector("body > footer")?.replaceWith(document.adoptNode(foot)); // what waits has changed, too
    }
    document.title = next.title;
    history.replaceState(null, "", url);
    document.querySelector("[data-notice]")?.focus({ preventScroll: true });
    keepFresh();
  };
  if (document.startViewTransition && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    document.startViewTransition(swap);
  } else {
    swap();
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-swap]")) {
    return;
  }
  event.preventDefault();
  if (busy) {
    return;
  }
  busy = true;
  refreshes = 0;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    show(await answer.text(), answer.redirected ? answer.url : location.href);
  } catch {
    location.reload(); // the browser says best what is wrong with the connection
  } finally {
    form.removeAttribute("aria-busy");
    busy = false;
  }
});

// A row that is on its way appears by itself, unless the reader is typing.
function keepFresh() {
  if (refreshes >= REFRESHES || !document.querySelector('[data-state="approved"], [data-state="accepted"]')) {
    return;
  }
  refreshes += 1;
  setTimeout(async () => {
    if (busy || document.querySelector("main :is(textarea, input):focus")) {
      return;
    }
    try {
      const answer = await fetch(location.href);
      if (answer.ok && !busy) {
        show(await answer.text(), location.href);
      }
    } catch {
      // the next click will tell
    }
  }, REFRESH_AFTER);
}

document.addEventListener("input", (event) => {
  if (event.target.id === "cell-summary") {
    const hint = document.getElementById("hint-summary");
    hint.textContent = hint.textContent.replace(/\d+(?=字$)/, [...event.target.value].length);
  }
});

// The edit form opens with the words selected that a check found not to be borne out.
function selectMarked() {
  const mark = document.querySelector(".marked mark");
  const field = document.getElementById("cell-summary");
  const before = mark ? field.value.indexOf(mark.textContent) : -1;
  if (before >= 0) {
    field.focus();
    field.setSelectionRange(before, before + mark.textContent.length);
  }
}

selectMarked();
keepFresh();
