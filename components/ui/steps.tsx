import { words } from "@/lib/words";

/** Where a person is on a way of several pages; stands above the heading. */
export function Steps({ current, total }: { current: number; total: number }) {
  const t = words("ui");
  const places = Array.from({ length: total }, (_, place) => place + 1);
  return (
    <div className="steps">
      <p>{t("steps", { current, total })}</p>
      <div className="steps-track" aria-hidden="true">
        {places.map((place) => (
          <span key={place} className={place <= current ? "is-reached" : undefined} />
        ))}
      </div>
    </div>
  );
}
