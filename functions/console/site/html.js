// What every part needs to say what it looks like.
import { h } from "./vendor/preact.mjs";
import htm from "./vendor/htm.mjs";

export { Component, createContext, Fragment, render } from "./vendor/preact.mjs";
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.mjs";

/** Markup as a tagged template. Values become text or attributes, never markup. */
export const html = htm.bind(h);
