import { expect, test } from "vitest";
import { addressBucket, clientAddress } from "./address";

const proxies = ["10.0.0.0/8", "127.0.0.1", "2001:db8:ff::/48"];

test.each([
  ["no proxy: the peer", "198.51.100.7", undefined, "198.51.100.7"],
  ["a stranger's X-Forwarded-For is not believed", "198.51.100.7", "203.0.113.9", "198.51.100.7"],
  ["a trusted peer's is", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
  ["the claim left of the first untrusted hop is not", "10.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"],
  ["trusted hops are walked over", "10.0.0.1", "203.0.113.9, 10.2.3.4, 10.9.9.9", "203.0.113.9"],
  ["all hops trusted: the leftmost", "10.0.0.1", "10.1.1.1", "10.1.1.1"],
  ["a hop that is no address ends the walk", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
  ["an empty header", "10.0.0.1", "", "10.0.0.1"],
  ["IPv4 inside IPv6 is unwrapped", "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
  ["IPv6 in one way of writing", "2001:db8:ff::1", "2001:0DB8:0000::00A1", "2001:db8::a1"],
  ["brackets and ports are left off", "10.0.0.1", "[2001:db8::a1]:443", "2001:db8::a1"],
  ["a port after IPv4 too", "10.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
  ["a zone is left off", "fe80::1%eth0", undefined, "fe80::1"],
  ["a number is no address", "10.0.0.1", "1", "10.0.0.1"],
  ["hexadecimal IPv4 is no address", "10.0.0.1", "0x7f.1", "10.0.0.1"],
  ["a peer that is gone", undefined, "203.0.113.9", "unknown"],
])("%s", (_name, peer, forwardedFor, expected) => {
  expect(clientAddress(peer, forwardedFor, proxies)).toBe(expected);
});

test("without trusted proxies nobody's X-Forwarded-For is believed, not even loopback's", () => {
  expect(clientAddress("127.0.0.1", "203.0.113.9", [])).toBe("127.0.0.1");
});

test("IPv4 counts by address, IPv6 by its /64, and two neighbours in one /64 share a bucket", () => {
  expect(addressBucket("203.0.113.9")).toBe("203.0.113.9");
  expect(addressBucket("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(addressBucket("2001:db8:1:2::9")).toBe(addressBucket("2001:db8:1:2:ffff::1"));
  expect(addressBucket("2001:db8:1:3::9")).not.toBe(addressBucket("2001:db8:1:2::9"));
  expect(addressBucket("unknown")).toBe("unknown");
});
