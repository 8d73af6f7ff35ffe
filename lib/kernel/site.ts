import { settings } from "./config";

/** The site's name as people read it, from the setting SITE_NAME. */
export const siteName = (): string => settings().siteName;
/** The one origin of links, cookies and messages, from SITE_URL; without a slash at the end. */
export const siteUrl = (): string => settings().siteUrl;
/** The host of SITE_URL, without a port, as it stands on the last line of a text message (origin-bound codes). */
export const siteHost = (): string => new URL(settings().siteUrl).hostname;
/** The address of the account that names the agents of the support desk, from DESK_OWNER; none: nobody does. */
export const deskOwner = (): string | undefined => settings().deskOwner;
/** Whether the site runs on http (the demonstration): outbox provider and demonstration people are allowed. */
export const isDemonstration = (): boolean => !settings().isProductionPosture;
/** Whether the site requires Two-Step Verification of everyone, by REQUIRE_TWO_STEP. */
export const isTwoStepRequired = (): boolean => settings().requireTwoStep === "everyone";
