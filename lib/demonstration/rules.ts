import type { AppData, PhoneData } from "@/lib/methods";

/** The password of everybody in the demonstration. It is printed, so nobody of a real site may have it. */
export const demonstrationPassword = "violet harbour 27 lanterns";

/** What a person of the demonstration is for; the words of each are in the catalogue `demonstration`. */
export type DemonstrationState = "no-second-step" | "phone" | "app" | "several" | "locked-out";

/** A method of the demonstration, as it is sealed. */
export type DemonstrationMethod =
  | { readonly kind: "phone"; readonly data: PhoneData }
  | { readonly kind: "app"; readonly data: AppData };

/** Somebody to sign in as. */
export type DemonstrationPerson = {
  /** Always the same, so that they are known again in any database. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly state: DemonstrationState;
  /** In the order in which they are asked for; none is no Two-Step Verification. */
  readonly methods: readonly DemonstrationMethod[];
  /** How many of the ten recovery codes are spent already. */
  readonly spentRecoveryCodes: number;
};

// Numbers that belong to nobody: 555-0100 to 555-0199 (North American Numbering Plan), 020 7946 0000 to 0999 (Ofcom).
const text = (number: string): DemonstrationMethod => ({ kind: "phone", data: { number, channel: "text" } });
const call = (number: string): DemonstrationMethod => ({ kind: "phone", data: { number, channel: "voice" } });
const app = (secret: string, tag: string): DemonstrationMethod => ({ kind: "app", data: { secret, tag } });

/** Everybody in the demonstration, one for each state that a newcomer may want to try. The keys are printed. */
export const people: readonly DemonstrationPerson[] = [
  {
    id: "00000000-0000-4000-8000-000000000001",
    name: "Nora Hill",
    email: "nora@example.com",
    state: "no-second-step",
    methods: [],
    spentRecoveryCodes: 0,
  },
  {
    id: "00000000-0000-4000-8000-000000000002",
    name: "Paul Okafor",
    email: "paul@example.com",
    state: "phone",
    methods: [text("+12025550142"), call("+442079460018")],
    spentRecoveryCodes: 0,
  },
  {
    id: "00000000-0000-4000-8000-000000000003",
    name: "Ann Lindqvist",
    email: "ann@example.com",
    state: "app",
    methods: [app("JWSYWAB272TDPF55LVQI76Z5GBZJP7CT", "K7F2"), text("+16135550187")],
    spentRecoveryCodes: 0,
  },
  {
    id: "00000000-0000-4000-8000-000000000004",
    name: "Sam Tanaka",
    email: "sam@example.com",
    state: "several",
    methods: [app("4AF45CVEWXQP5GCUERIK3GAY75LD64EB", "F5G4"), text("+12025550163"), call("+442079460975")],
    // Three left: Your Account warns.
    spentRecoveryCodes: 7,
  },
  {
    id: "00000000-0000-4000-8000-000000000005",
    name: "Lou Marchetti",
    email: "lou@example.com",
    state: "locked-out",
    methods: [app("MZQPVHYRXV5I3AJDPX5IZXJHYTA273AE", "W3XD"), text("+12025550129")],
    spentRecoveryCodes: 0,
  },
];

/** The ten recovery codes that everybody with Two-Step Verification has. */
export const demonstrationCodes: ReadonlySet<string> = new Set([
  "W4E3PAAN4Q",
  "2ZEBYCTKGI",
  "2PZXSTCNTX",
  "AJYUGPFQM2",
  "TFSDMKYOUH",
  "AMDAY5CSTS",
  "CLAPAOYCJE",
  "CJNS5VKUKF",
  "Z4JTWC6FW6",
  "D2BUMOWGT3",
]);
