import { describe, expect, it } from "vitest";
import { browserName } from "@/lib/kernel/visit";
import { type Sight, sightOf } from "./rules";

const webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const blink = "AppleWebKit/537.36 (KHTML, like Gecko)";
const agents = {
  "Chrome 141, Windows": `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/141.0.7390.54 Safari/537.36`,
  "Chrome 142, Windows": `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/142.0.0.0 Safari/537.36`,
  "Edge, Windows": `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`,
  "Chrome, Android, whole name": `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${blink} Chrome/109.0.5414.85 Mobile Safari/537.36`,
  "Chrome, Android, reduced": `Mozilla/5.0 (Linux; Android 10; K) ${blink} Chrome/142.0.0.0 Mobile Safari/537.36`,
  "Chrome, Android, desktop site": `Mozilla/5.0 (X11; Linux x86_64) ${blink} Chrome/142.0.0.0 Safari/537.36`,
  "Chrome, Chrome OS": `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${blink} Chrome/142.0.0.0 Safari/537.36`,
  "Samsung Internet": `Mozilla/5.0 (Linux; Android 10; K) ${blink} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  "Samsung Internet, desktop site": `Mozilla/5.0 (X11; Linux x86_64) ${blink} SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36`,
  "Firefox, Android": "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
  "Firefox, Android, desktop site": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
  "Firefox, Ubuntu": "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Firefox, Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
  "Safari, iPad, mobile": `Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) ${webkit} Version/18.5 Mobile/15E148 Safari/604.1`,
  "Safari, iPad, as a Mac": `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/18.5 Safari/605.1.15`,
  "Safari, iPhone, from the home screen": `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${webkit} Mobile/15E148`,
  "Chrome, iPhone": `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${webkit} CriOS/142.0.7444.60 Mobile/15E148 Safari/604.1`,
  "Chrome, iPhone, desktop site": `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} CriOS/142 Version/18.5 Safari/605.1.15`,
  curl: "curl/8.16.0",
  nothing: "",
} as const;
type Agent = keyof typeof agents;

const table: readonly (readonly [Agent, Agent, Sight])[] = [
  ["Chrome 141, Windows", "Chrome 142, Windows", "here"],
  ["Chrome, Android, whole name", "Chrome, Android, reduced", "here"],
  ["Chrome, Android, reduced", "Chrome, Android, desktop site", "here"],
  ["Chrome, Chrome OS", "Chrome, Android, desktop site", "here"],
  ["Samsung Internet", "Samsung Internet, desktop site", "here"],
  ["Firefox, Android", "Firefox, Android, desktop site", "here"],
  ["Firefox, Android, desktop site", "Firefox, Ubuntu", "here"],
  ["Safari, iPad, as a Mac", "Safari, iPad, mobile", "here"],
  ["Safari, iPad, mobile", "Safari, iPhone, from the home screen", "here"],
  ["Chrome, iPhone", "Chrome, iPhone, desktop site", "here"],
  ["nothing", "Chrome 142, Windows", "here"],
  ["nothing", "curl", "here"],
  ["Chrome 142, Windows", "curl", "unnamed"],
  ["Safari, iPad, mobile", "nothing", "unnamed"],
  ["Chrome 142, Windows", "Edge, Windows", "elsewhere"],
  ["Chrome 142, Windows", "Firefox, Windows", "elsewhere"],
  ["Chrome 142, Windows", "Chrome, Android, reduced", "elsewhere"],
  ["Chrome, Android, reduced", "Chrome, iPhone", "elsewhere"],
  ["Chrome, Android, reduced", "Samsung Internet", "elsewhere"],
  ["Safari, iPad, as a Mac", "Chrome, iPhone, desktop site", "elsewhere"],
  ["Firefox, Windows", "Firefox, Ubuntu", "elsewhere"],
];

describe("a session that began in one browser", () => {
  it.each(table)("%s, and is brought by %s, is seen %s, in both directions", (from, by, sight) => {
    const [first, second] = [browserName(agents[from]), browserName(agents[by])];
    expect(sightOf({ browser: first }, second)).toBe(sight);
    if (first !== "" && second !== "") expect(sightOf({ browser: second }, first)).toBe(sight);
  });
});
