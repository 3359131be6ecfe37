// Smooths the plain forms: a decision swaps the page's main part and foot in place instead of loading a new page.
// Without this file everything works the same, only with a page load per click.
"use strict";

const REFRESH_AFTER = 800; // milliseconds; an approved row is usually written within a second
const REFRESHES = 15;
let refreshes = 0;
let busy = false;
let decisions = 0; // a look for news that began before the latest of them shows an old page
let followed = null; // the place among the cards where the focus goes after a decision by a key

// `place` is where among the cards the focus goes; without it, it stays, or after a decision goes to what came of it, or
// where nothing tells of that, to the card that stands now where the decided one stood (`at`).
function show(text, url, { isAnswer = false, place = null, at = -1 } = {}) {
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
  const since = decisions;
  const swap = () => {
    if (!isAnswer && (busy || since !== decisions)) {
      return;
    }
    const kept = document.activeElement?.closest("article")?.id;
    document.getElementById("main").replaceWith(document.adoptNode(main));
    const foot = next.querySelector("body > footer");
    if (foot) {
      document.querySelector("body > footer")?.replaceWith(document.adoptNode(foot)); // what waits has changed, too
    }
    document.title = next.title;
    history.replaceState(null, "", url);
    const all = articles();
    if (place !== null) {
      focusOn(all[Math.min(place, all.length - 1)]);
    } else if (kept && document.getElementById(kept) && !isAnswer) {
      focusOn(document.getElementById(kept), { preventScroll: true });
    } else if (document.querySelector("[data-notice]")) {
      document.querySelector("[data-notice]").focus({ preventScroll: true });
    } else if (at >= 0) {
      focusOn(all[Math.min(at, all.length - 1)]);
    }
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
  decisions += 1;
  const place = followed;
  const at = articles().indexOf(form.closest("article"));
  followed = null;
  refreshes = 0;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    show(await answer.text(), answer.redirected ? answer.url : location.href, { isAnswer: true, place, at });
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
    const since = decisions;
    try {
      const answer = await fetch(location.href);
      const text = await answer.text();
      if (answer.ok && !busy && since === decisions) {
        show(text, location.href);
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
  const asked = document.querySelector("main [role=alert]"); // has the focus: it says what to do first
  const before = mark && !asked ? field.value.indexOf(mark.textContent) : -1;
  if (before >= 0) {
    field.focus();
    field.setSelectionRange(before, before + mark.textContent.length);
  }
}

// Keys: cards are walked with j and k; what is decided by a letter is the card that has the focus, never another.
const VERDICT = { a: "approve", r: "reject", l: "later", u: "undo" };

function articles() {
  return [...document.querySelectorAll("main article.card, main article.slim")].filter((one) => one.checkVisibility());
}

function focusOn(article, options) {
  if (!article) {
    document.getElementById("main").focus();
    return;
  }
  article.tabIndex = -1;
  article.focus(options);
}

function walk(step) {
  const all = articles();
  const at = all.indexOf(document.activeElement?.closest("article"));
  focusOn(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]);
}

function decide(verdict) {
  const article = document.activeElement?.closest("article");
  const button =
    article?.querySelector(`button[name=verdict][value=${verdict}]`) ??
    (verdict === "undo" ? document.querySelector("[data-notice] button[value=undo]") : null);
  if (button && !busy) {
    followed = article ? articles().indexOf(article) : null;
    button.click();
  } else if (!article) {
    walk(0);
  }
}

// The field in which a fold asks for words. Who has just opened it may type at once: those letters are no keys.
function asked(target) {
  const fold = target.closest?.("summary")?.parentElement;
  const field = fold?.querySelector("textarea, input:not([type=hidden], [type=radio])");
  return field?.closest("details") === fold ? field : undefined;
}

document.addEventListener("click", (event) => {
  const field = asked(event.target);
  if (field && !field.closest("details").open) {
    event.preventDefault();
    field.closest("details").open = true;
    field.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const help = document.getElementById("keys");
  if (!help || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) {
    return;
  }
  if (event.target.closest?.("input, textarea, select, dialog") || asked(event.target)) {
    return;
  }
  if (event.key === "?") {
    help.showModal();
  } else if (event.key === "j" || event.key === "k") {
    walk(event.key === "j" ? 1 : -1);
  } else if (event.key === "e") {
    document.activeElement?.closest("article")?.querySelector("a[href$='/edit']")?.click();
  } else if (event.key in VERDICT && !event.repeat) {
    decide(VERDICT[event.key]);
  } else {
    return;
  }
  event.preventDefault();
});

selectMarked();
keepFresh();
