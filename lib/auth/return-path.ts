/** Pages that a guard may have turned away and a sign-in may lead back to. Anything else leads to Your Account. */
const returnable = /^\/account(\/(settings|security|sessions|activity|contacts|recovery)(\/[a-z0-9-]+)*)?$/;

/** Where to go after a sign-in or proof: the page that was asked for, if it is one of this site's own. */
export function returnPath(askedFor: string | undefined, otherwise: string): string {
  if (askedFor === undefined) return otherwise;
  let path: string;
  try {
    path = decodeURIComponent(askedFor);
  } catch {
    return otherwise;
  }
  return returnable.test(path) ? path : otherwise;
}
