// What a person has chosen for this browser, such as a theme. Nothing that opens anything: any script of this origin can read it.

const named = (name) => `swiftcache.${name}`;

/** What was chosen, or null. */
export function recalled(name) {
  try {
    return localStorage.getItem(named(name));
  } catch {
    return null;
  }
}

/** A choice that is null is forgotten. */
export function remember(name, choice) {
  try {
    choice === null ? localStorage.removeItem(named(name)) : localStorage.setItem(named(name), choice);
  } catch {
    // Then it is for this page alone.
  }
}
