/**
 * Where password managers send people who should change their password (W3C "A Well-Known URL for Changing Passwords").
 * The page asks for whatever it needs: a sign-in, a fresh proof.
 */
export function GET(): Response {
  return new Response(null, { status: 302, headers: { Location: "/account/settings/password" } });
}
