/** Recovery codes to save. Printing a page that has one prints the name of the site and the codes, nothing else. */
export function CodeList({ codes, label }: { codes: readonly string[]; label: string }) {
  return (
    <ul className="code-list" aria-label={label} data-codes="">
      {codes.map((code) => (
        <li key={code}>
          <code>{code}</code>
        </li>
      ))}
    </ul>
  );
}
