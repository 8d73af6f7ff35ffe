/** Our module tells whatever keeps the passkeys which of them are still good here; nothing of it is seen. */
export function PasskeySignals({ signals }: { signals: unknown }) {
  if (signals === undefined) return null;
  return (
    <div hidden data-passkey-signals={JSON.stringify(signals)}>
      <script type="module" src="/enhance/passkey-signals.js" />
    </div>
  );
}
