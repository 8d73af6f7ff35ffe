/** Whether text has the shape of a token of ours (256 bits, base64url); anything else need not reach the database. */
export const isTokenShaped = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);
