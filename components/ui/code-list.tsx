/**
 * Recovery codes to save, with the numbers by which they are asked for when they are tried. Printing a page that has one
 * prints the name of the site and the codes, nothing else.
 */
export function CodeList({ codes, label }: { codes: readonly string[]; label: string }) {
  return (
    <ol className="code-list" aria-label={label} data-codes="">
      {codes.map((code) => (
        <li key={code}>
          <code>{code}</code>
        </li>
      ))}
    </ol>
  );
}
