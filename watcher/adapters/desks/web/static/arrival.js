// A refresh forgets which paper of the page was meant (#arxiv-…). The empty query makes this a navigation of its own.
"use strict";

if (location.hash) location.replace(`${location.pathname}?${location.hash}`);
