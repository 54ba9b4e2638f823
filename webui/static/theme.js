// Before anything is drawn: the colours that were chosen last. A file of its own, because the page allows no other script.
(() => {
  const chosen = localStorage.getItem("buildsvc-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
