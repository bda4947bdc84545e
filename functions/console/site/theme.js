// Before anything is painted: which theme this browser's user has chosen. Without a choice it is the system's.
"use strict";
try {
  const chosen = localStorage.getItem("swiftcache.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that stores nothing shows the system's theme.
}
