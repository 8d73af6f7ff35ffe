/** A key that stands like an L. Decoration beside the name of the site. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <circle cx="12.5" cy="10.5" r="3.75" />
      <path d="M12.5 14.25V24.5H21M12.5 19.25h5" />
    </svg>
  );
}
