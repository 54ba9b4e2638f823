// A file of the page that did not arrive (the network changed in that moment) leaves an empty page for good, because a browser
// asks for a module once: the page is asked for again, with longer pauses, until it is all here. `page.js` ends the counting.
(() => {
  const KEPT = "buildsvc-arriving";
  let asked = false;
  addEventListener("error", ({ target }) => {
    if (asked || !(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return;
    asked = true;
    const times = Number(sessionStorage.getItem(KEPT)) || 0;
    sessionStorage.setItem(KEPT, String(times + 1));
    setTimeout(() => location.reload(), 500 * 2 ** Math.min(times, 6));
  }, true);
})();
