/** A key that stands like an L. Decoration beside the name of the site. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <circle cx="12" cy="10" r="4.25" />
      <path d="M12 14.25V25h9.5M12 19.5h6" />
    </svg>
  );
}
