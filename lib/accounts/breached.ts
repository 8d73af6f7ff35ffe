import "server-only";

/**
 * Whether a password is among the million most common ones of known breaches. The list comes with the site (ASVS
 * 6.2.4, 6.2.12); it is loaded when the first password is chosen, because a site that only signs people in needs none.
 */
export async function breachedPasswords(): Promise<(password: string) => boolean> {
  const { default: list } = await import("fxa-common-password-list");
  return (password) => list.test(password);
}
