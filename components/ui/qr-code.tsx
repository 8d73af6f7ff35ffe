import QRCode from "qrcode";

/** Modules of white that the standard wants on every side (ISO/IEC 18004). */
const quietZone = 4;
const leastWidth = 200;

/** A QR code as one path, black on white in every theme: readers fail on inverted ones. */
export function QrCode({ uri, label }: { uri: string; label: string }) {
  const { size, data } = QRCode.create(uri, { errorCorrectionLevel: "M" }).modules;
  const side = size + 2 * quietZone;
  // A whole number of pixels a module keeps every edge crisp.
  const width = side * Math.ceil(leastWidth / side);
  return (
    <svg
      className="qr-code"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      width={width}
      height={width}
      shapeRendering="crispEdges"
    >
      <path fill="#fff" d={`M0 0h${side}v${side}H0z`} />
      <path fill="#000" d={darkRuns(data, size)} />
    </svg>
  );
}

/** Each run of dark modules of a row is one rectangle. */
function darkRuns(data: Uint8Array, size: number): string {
  let path = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!data[y * size + x]) continue;
      const start = x;
      while (x < size && data[y * size + x]) x++;
      const length = x - start;
      path += `M${start + quietZone} ${y + quietZone}h${length}v1h-${length}z`;
    }
  }
  return path;
}
