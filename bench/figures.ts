/** What the bench makes of its measurements: shares of a sample, and one table. Pure. */

/** The value below which the share `p` (0 to 1) of a sample lies; the sample needs no order. NaN of nothing. */
export function percentile(sample: readonly number[], p: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * p) - 1))] ?? Number.NaN;
}

export const median = (sample: readonly number[]): number => percentile(sample, 0.5);

export const mean = (sample: readonly number[]): number =>
  sample.reduce((sum, value) => sum + value, 0) / sample.length;

/** A sign-in, from its first byte sent to its last byte read: milliseconds of a clock that both ends share. */
export interface Span {
  from: number;
  to: number;
}

/**
 * Completions a second while `inFlight` were under way all the time: from the moment when as many have ended to the
 * start of the last one. The beginning and the end of a run, where fewer are under way, say nothing about a rate.
 */
export function steadyRate(spans: readonly Span[], inFlight: number): number {
  const ends = spans.map(({ to }) => to).sort((a, b) => a - b);
  const begin = ends[inFlight - 1] ?? Number.NaN;
  const close = Math.max(...spans.map(({ from }) => from));
  const count = ends.filter((end) => end > begin && end <= close).length;
  return (count * 1000) / (close - begin);
}

export interface Figure {
  figure: string;
  /** In words; undefined: only told, nobody wants a certain value. */
  wanted?: string;
  measured: string;
  isReached?: boolean;
}

/** The figures as a Markdown table, its columns aligned. */
export function table(figures: readonly Figure[]): string {
  const rows = [
    ["figure", "wanted", "measured", ""],
    ...figures.map(({ figure, wanted, measured, isReached }) => [
      figure,
      wanted ?? "",
      measured,
      isReached === undefined ? "" : isReached ? "ok" : "missed",
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...body.map(line)].join("\n");
}
