/** A secret to type elsewhere, in groups of four; one click selects all of it. */
export function KeyText({ value }: { value: string }) {
  const groups = value.replace(/\s/g, "").match(/.{1,4}/g) ?? [];
  return <code className="key-text">{groups.join(" ")}</code>;
}
