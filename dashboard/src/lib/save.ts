// What a table shows, as a file.

/** A column of a file. */
export interface Field<T> {
  title: string;
  of: (row: T) => unknown;
}

/** A value as CSV takes it (RFC 4180 s2). */
export function cell(value: unknown): string {
  let text = value === null || value === undefined ? "" : Array.isArray(value) ? value.join(" ") : typeof value === "object" ? JSON.stringify(value) : String(value);
  // What came off the wire must not become a formula in a spreadsheet.
  if (typeof value !== "number" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV, with a header. */
export const csv = <T>(fields: Field<T>[], rows: T[]): string =>
  [fields.map((field) => cell(field.title)), ...rows.map((row) => fields.map((field) => cell(field.of(row))))].map((line) => `${line.join(",")}\r\n`).join("");

/** Gives a text to the browser as a file. */
export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
