/** The bytes of a tiny .mmdb file (MaxMind DB format 2.0), for tests of what reads one. */
export function placesDatabase(
  networks: Readonly<Record<string, { city?: string; country: string }>>,
): Buffer {
  type Node = [number | undefined, number | undefined];
  const nodes: Node[] = [[undefined, undefined]];
  const data: Buffer[] = [];
  let dataSize = 0;
  const leaves: { node: number; side: 0 | 1; offset: number }[] = [];
  for (const [network, { city, country }] of Object.entries(networks)) {
    const [address = "", length = "32"] = network.split("/");
    const bits = `${"0".repeat(96)}${address
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("")}`.slice(0, 96 + Number(length));
    let at = 0;
    for (const bit of bits.slice(0, -1)) {
      const side = Number(bit) as 0 | 1;
      const node = nodes[at] as Node;
      node[side] ??= nodes.push([undefined, undefined]) - 1;
      at = node[side];
    }
    leaves.push({ node: at, side: Number(bits.at(-1)) as 0 | 1, offset: dataSize });
    const bytes = encoded({
      ...(city === undefined ? {} : { city: { names: { en: city } } }),
      country: { names: { en: country } },
    });
    data.push(bytes);
    dataSize += bytes.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  const write = (node: number, side: 0 | 1, value: number) => tree.writeUIntBE(value, node * 6 + side * 3, 3);
  nodes.forEach(([left, right], node) => {
    write(node, 0, left ?? nodes.length);
    write(node, 1, right ?? nodes.length);
  });
  for (const { node, side, offset } of leaves) write(node, side, nodes.length + 16 + offset);
  const metadata = encoded({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 6,
    database_type: "Test-City",
    languages: ["en"],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000,
    description: { en: "for tests" },
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from("MaxMind.com")]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

type Value = string | number | readonly Value[] | { readonly [name: string]: Value };

function encoded(value: Value): Buffer {
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([name, inner]) => [encoded(name), encoded(inner)]),
  ]);
}

function control(type: number, size: number): Buffer {
  if (size > 28) throw new Error("no text of these tests is so long");
  return type < 8 ? Buffer.from([(type << 5) | size]) : Buffer.from([size, type - 7]);
}
