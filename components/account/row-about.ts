import { timeText } from "@/components/ui/time";

/** What the button of a browser's row is about: the browser, and where another row has the same, when it was last seen. */
export const rowAbout = (browser: string, lastSeenAt: Date, browsers: readonly string[]): string =>
  browsers.filter((other) => other === browser).length > 1 ? `${browser}, ${timeText(lastSeenAt)}` : browser;
