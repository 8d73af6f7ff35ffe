import type { Visit } from "@/lib/kernel/visit";
import { words } from "@/lib/words";
import { whereFrom } from "./places";

/** A browser as sentences name it, also one that did not say what it is. */
export const browserText = (browser: string): string =>
  browser === "" ? words("messages")("alert.browser.unknown") : browser;

/** When, from where and with which browser something was done, as the words of a message ask for it. */
export const doneBy = ({ now, address, browser }: Visit): { at: Date; address: string; browser: string } => ({
  at: now,
  address: whereFrom(address),
  browser: browserText(browser),
});
