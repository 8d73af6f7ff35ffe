/** A key that stands like an L, on a ground of the stylesheet's. Decoration beside the name of the site. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M7.75 10a4.25 4.25 0 1 0 8.5 0a4.25 4.25 0 1 0-8.5 0M12 14.25V25h9.5M12 19.5h6" />
    </svg>
  );
}
