// Small drawings. They say nothing that the words beside them do not say, so screen readers skip them.
import { html } from "../html.js";

const PATHS = {
  plus: "M12 5v14M5 12h14",
  check: "m5 12.5 4.5 4.5L19 7.5",
  cross: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h10v10H9zM5 15V5h10",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5",
  arrow: "m9 5 7 7-7 7",
  back: "m15 5-7 7 7 7",
  alert: "M12 4 2.8 20h18.4L12 4Zm0 6v4.5m0 3v.1",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5.5m0-9v.1",
  key: "M15 9.5a5 5 0 1 1-10 0 5 5 0 0 1 10 0Zm-1.2 3.3L21 20m-3.5-3.5L15.5 18",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  screen: "M4 5h16v11H4zM9 20h6m-3-4v4",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3.5 2",
  shield: "M12 3 5 6v6c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6l-7-3Z",
  terminal: "M4 5h16v14H4zM7.5 9.5 10 12l-2.5 2.5M12.5 15H16",
  save: "M5 4h11l3 3v13H5zM9 4v5h6V4M8 20v-6h8v6",
  trash: "M5 7h14M10 4h4m-8 3 1 13h10l1-13",
};

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>
`;

export const Logo = () => html`
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" />
    <path d="M18.5 5 8 18h6.6L13 27l11-13.5h-6.9L18.5 5Z" />
  </svg>
`;
