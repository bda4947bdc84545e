// Words for a shell.

const SAFE = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/** The text as one word, whatever is in it. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The text as one word, without quotes where it needs none. */
export const word = (text) => (SAFE.test(text) ? text : quoted(text));

/** Parts of a command on lines of their own. */
export const lines = (parts) => parts.join(" \\\n  ");
