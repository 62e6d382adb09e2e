// Before anything is drawn, so that nothing flashes.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {
    // No storage: the system's choice it is.
  }
  var dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
