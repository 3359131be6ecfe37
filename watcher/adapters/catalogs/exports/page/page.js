// Search and filters over the articles of the page. The state is the address: #q=…&year=…&category=…&level=…,
// while #arxiv-… is one paper. Text only ever moves as text.
"use strict";

const form = document.getElementById("tools");
const articles = [...document.querySelectorAll("article")];
const fold = (text) =>
  text.normalize("NFKC").toLowerCase().replace(/[\u30a1-\u30f6]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));
const papers = articles.map((article) => ({
  article,
  text: fold(article.textContent),
  year: article.dataset.year,
  level: article.dataset.level,
  categories: JSON.parse(article.dataset.categories),
}));
const names = ["q", "year", "category", "level", "sort"];

function fits(paper, words, { year, category, level }) {
  return (
    (!year || paper.year === year) &&
    (!level || paper.level === level) &&
    (!category || paper.categories.some((term) => term.includes(category))) &&
    words.every((word) => paper.text.includes(word))
  );
}

// A pasted id or link means that paper, whatever its version and the host of the link.
function wordsOf(text) {
  const ids = text.normalize("NFKC").match(/\b\d{4}\.\d{4,5}(?=v\d|\b)|\b[a-z-]+(?:\.[A-Z]{2})?\/\d{7}(?=v\d|\b)/g);
  return ids ? ids.map(fold) : fold(text).split(/\s+/).filter(Boolean);
}

// Newest first: by year, and within a year those that stand further down, which were added later.
function sorted(order) {
  const year = (paper) => Number(paper.year) || 0;
  const places = new Map(papers.map((paper, place) => [paper, place]));
  const ranked = order === "new" ? [...papers].sort((a, b) => year(b) - year(a) || places.get(b) - places.get(a)) : papers;
  const list = document.getElementById("empty");
  for (const paper of ranked) list.before(paper.article);
}

let order = "";
function show(wanted) {
  const words = wordsOf(wanted.q);
  if (wanted.sort !== order) sorted((order = wanted.sort));
  let shown = 0;
  for (const paper of papers) {
    paper.article.hidden = !fits(paper, words, wanted);
    shown += paper.article.hidden ? 0 : 1;
  }
  document.querySelector("#count b").textContent = shown;
  document.getElementById("empty").hidden = shown > 0;
  form.querySelector("[type=reset]").hidden = !names.some((name) => wanted[name]);
  mark(words);
}

// Highlights are ranges, so the found words need no markup. Folding that changes a text's length is not marked.
function mark(words) {
  if (!window.Highlight) return;
  const ranges = [];
  for (const paper of words.length ? papers : []) {
    if (paper.article.hidden) continue;
    const walker = document.createTreeWalker(paper.article, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = fold(node.data);
      if (text.length !== node.data.length) continue;
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          ranges.push(range);
        }
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

// A word of a chart may be part of several terms: it becomes an option of its own.
function choose(name, value) {
  const field = form.elements[name];
  if (field.options && value && ![...field.options].some((option) => option.value === value)) {
    field.add(new Option(value, value), 1);
  }
  field.value = value;
}

function read() {
  return Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
}

function write() {
  const wanted = read();
  const address = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  history.replaceState(null, "", `#${address}`);
  show(wanted);
}

function follow() {
  const address = location.hash.slice(1);
  const stated = new URLSearchParams(address.includes("=") ? address : "");
  for (const name of names) choose(name, stated.get(name) ?? "");
  show(read());
  if (address.includes("=")) form.scrollIntoView({ block: "start" });
  else if (address) document.getElementById(address)?.scrollIntoView({ block: "start" });
}

// A bar of a chart and a tag narrow what is shown, and leave the other filters as they are.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#year="], a[href^="#category="]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  for (const [name, value] of new URLSearchParams(link.getAttribute("href").slice(1))) choose(name, value);
  write();
  form.scrollIntoView({ block: "start" });
});

form.hidden = false;
form.addEventListener("input", write);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(write));
addEventListener("hashchange", follow);
follow();
