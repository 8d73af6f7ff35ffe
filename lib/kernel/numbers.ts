import { days, hours, minutes, seconds } from "./durations";

/**
 * Every limit of what accounts may do, with its reason. The other numbers stand at the top of the file that uses them: of
 * requests in lib/door, of the process in server.ts and lib/kernel, of the database in lib/db.
 * Durations are milliseconds.
 */
export const numbers = {
  /** Text and voice codes. NIST SP 800-63B-4 3.1.3.2; ASVS 5.0 6.5.4, 6.5.5, 6.6.2. */
  code: {
    digits: 6,
    lifetime: minutes(10),
    /** Asking again does not kill the code on its way: the newest three live (GOV.UK "confirm a phone number"). */
    live: 3,
  },

  /** One sign-in, or one fresh proof, from the right password to its last answer. */
  attempt: {
    lifetime: minutes(10),
    /** Over all methods; a resend or another way never refills it (NIST 3.1.3.2 SHALL NOT). */
    tries: 5,
    /** The same wrong answer sent again by a double click or a reload within this time is not a second try. */
    repeatWindow: seconds(30),
  },

  /** Wrong second steps in a row: of an account, all methods and purposes together, and of each method (NIST 3.2.2). */
  failuresInRow: {
    /** At each multiple of this many the account's second step waits, or the method (docs/decisions/0037). */
    step: 10,
    waits: [minutes(15), minutes(30), hours(1), hours(24)],
    /** The upper bound of NIST 3.2.2: a method with this many failures in a row is disabled. */
    methodDisabledAt: 100,
  },

  /** Password failures (ASVS 6.3.1, NIST 3.2.2). Counted apart from codes; never a lasting lock. */
  passwordFailures: {
    accountAndDevice: { max: 5, window: minutes(5) },
    /** Whoever goes on after those waits longer. Not on a browser that the account knows; a new password by a link ends it. */
    accountAndDeviceLong: { max: 20, window: hours(4) },
    addressMinute: { max: 10, window: minutes(1) },
    addressHour: { max: 100, window: hours(1) },
    /** All browsers the account does not know, together: slows a guesser with many addresses (AT-024). */
    accountUnknownBrowsers: { max: 100, window: hours(1) },
  },

  /** Messages cost money and peace (django-allauth, Twilio Verify). */
  messages: {
    /**
     * Counted for each purpose: who signs in by text and opens the settings at once needs two codes within the 30 s,
     * and both are asked for by a right password. The hour and the day bound the sum.
     * A window is counted in twelfths and waits for the one under way besides, so this is the longest whose wait, which
     * people read counted down, never passes 30 s.
     */
    numberPause: { max: 1, window: Math.floor((seconds(30) * 12) / 13) },
    numberHour: { max: 5, window: hours(1) },
    numberDay: { max: 10, window: days(1) },
    accountDay: { max: 10, window: days(1) },
    addressHour: { max: 10, window: hours(1) },
    /** The first digits of a number (a block of numbers bought together) in a day. */
    prefixDay: { max: 50, window: days(1), digits: 7 },
    countryDay: { max: 500, window: days(1) },
    siteDay: { max: 5000, window: days(1) },
    /** A number that had this many messages in thirty days and never used a code gets fewer (Twilio Verify Fraud Guard). */
    unconfirmed: { messages: 5, lookBack: days(30), numberDay: { max: 2, window: days(1) } },
    /** More than so many times a country's average day, most of it unconfirmed: held until it is no longer so. */
    suddenCountry: { times: 5, average: days(7), unconfirmed: 20, askEvery: minutes(1) },
  },

  /** Mails a stranger can cause: sign-up and forgotten passwords, per address of the mailbox and of the network. */
  mailRequests: {
    mailbox: { max: 3, window: hours(1) },
    addressHour: { max: 20, window: hours(1) },
  },

  /** Budgets by network address are this much wider for loopback while SITE_URL is http (the demonstration). */
  loopbackWidening: 100,

  /** An enrolment that is not confirmed: 10 minutes after the last thing done with it, it is gone. */
  enrolment: { idle: minutes(10), tries: 5 },

  /** Two-Step Verification takes one method, and one for the day when it is lost. */
  methodsNeeded: 2,

  /** Any number of methods: more than anybody has, so that a page and a sign-in stay as quick as with two. */
  methods: {
    max: 30,
    /** A way of getting in that nobody has tried for so long may not work on the day when it is needed. */
    remindAfter: days(182),
  },

  /**
   * What was removed stays sealed for so long and can be put back (docs/decisions/0015). Ten tries a
   * link: with three live six-digit codes that is 30 chances in a million, and still forgiving of a slow clock.
   */
  undo: { lifetime: days(7), tries: 10, saidToBeOverFor: days(30) },

  /**
   * New-number mode: the old number stays for so long (docs/decisions/0024), because a new SIM may take days and people
   * find out weeks later that something still went to the old one. The round that retires them looks once a minute.
   */
  newNumber: { keepOldFor: days(30), lookEvery: minutes(1), batch: 100 },

  /**
   * "My phone was stolen": so long what was suspended can be taken into use again (docs/decisions/0025); then it is
   * removed.
   */
  stolen: { reversibleFor: days(30), lookEvery: minutes(1), batch: 100 },

  /** "Try it": as an enrolment. A recovery code is tried by three of its characters. */
  trial: {
    lifetime: minutes(10),
    tries: 5,
    characters: 3,
    /**
     * What wrong codes disabled is taken into use again by so few answers a day, whatever session they come in: a hundred
     * were compared already (NIST 3.2.2), and an attempt of a new sign-in must not be five more.
     */
    enablingDay: { max: 10, window: days(1) },
  },

  /** RFC 6238 and RFC 4226: 160 bits, SHA-1, 6 digits, 30 s, one step either side. */
  totp: {
    secretBytes: 20,
    digits: 6,
    period: seconds(30),
    toleranceSteps: 1,
    /** Steps before the accepted ones whose codes are called "expired" instead of "wrong": two and a half minutes. */
    expiredSteps: 5,
    tagCharacters: 4,
  },

  /** Passkeys (WebAuthn Level 3). */
  passkey: {
    /** A challenge of the sign-in page is good as long as an unfinished sign-in. */
    challenge: minutes(10),
    /** After a sign-in with password and code: browsers make one by themselves right after a saved password was used. */
    offeredFor: minutes(5),
    /** How long the browser's dialog waits (WebAuthn L3 15.1 recommends 5 to 10 minutes). */
    dialog: minutes(5),
    /** Signatures cannot be guessed; this bounds the work that one address causes. */
    addressMinute: { max: 20, window: minutes(1) },
    addressHour: { max: 200, window: hours(1) },
    /** A credential as JSON; the longest of an honest authenticator is a tenth of it. */
    answerCharacters: 20_000,
  },
  /**
   * The code doctor (docs/decisions/0020). A clock that was set by hand is off by a few minutes; ten either side are
   * looked at, so a guess meets a hint at most 41 times in a million. A code up to one step older than the accepted ones
   * was only typed late.
   */
  doctor: { clockSteps: 20, lateSteps: 2, removedFor: days(7), entries: 50 },

  /** NIST 3.1.2, ASVS 6.5.2: 10 codes of 10 base32 characters (50 bits), each hashed with Argon2id. */
  recoveryCodes: {
    count: 10,
    characters: 10,
    warnAt: 3,
    /** Shown until they are said to be saved, and in this session only; not longer than a fresh proof lasts. */
    shownFor: minutes(10),
  },

  /** Mail links: 256 bits, SHA-256 stored, used up by a POST only, never a sign-in (OWASP Forgot Password). */
  mailLink: { resetPassword: minutes(30), confirmAddress: hours(24) },

  /** A trusted device: 30 days, absolute. NIST 5.1 calls it a deviation; see docs/decisions/0005. */
  trustedDevice: {
    /** How many stand among the settings before a link to all: a page of years costs what one of days does. */
    shownFirst: 5,
    lifetime: days(30),
    /** A browser that signed in fully is known this long after it was last seen (its own password budget). */
    knownFor: days(180),
    /** How many accounts one browser remembers; the oldest falls out. */
    accountsPerBrowser: 5,
    /**
     * The token before the newest is taken so long after it was replaced, from the same address: a double click, a second
     * tab, an answer that was lost on the way. From elsewhere it is worth nothing, and after this time it is a copy.
     */
    rotationGrace: minutes(1),
  },

  /** Sessions. NIST 2.2.3 (AAL2): idle 1 h, absolute 24 h. */
  session: {
    idle: hours(1),
    absolute: hours(24),
    /** Last seen is written at most this often, so that reading a page is not a write. */
    touchEvery: minutes(1),
    /** That somebody signed out is said on the next sign-in page, unless that comes later than this. */
    signedOutSaidFor: minutes(1),
  },

  /** A fresh proof before a change: 10 minutes from the proof, not sliding (Authelia; ASVS 7.5.1). */
  freshProof: { lifetime: minutes(10) },

  /** The one-time ticket between a finished sign-in and the cookie: same process, same request. */
  ticket: { lifetime: seconds(30) },

  /** NIST SP 800-63B-4 3.1.1.2, ASVS 6.2. */
  password: {
    minCharacters: 8,
    maxCharacters: 128,
    /**
     * Of a form, for one that is only compared: whatever becomes 128 characters by NFKC, and not so much that hashing it
     * is work.
     */
    comparedUnits: 10_000,
  },

  /** OWASP Password Storage: Argon2id m=19456 KiB, t=2, p=1; the waiting line is bounded so memory is too. */
  passwordHash: { memoryKiB: 19456, passes: 2, lanes: 1, bytes: 32, maxWaiting: 256 },

  /** Tokens: 256 bits from the system's generator. */
  token: { bytes: 32 },

  /** Fields. RFC 5321 4.5.3.1 bounds an address at 254. */
  fields: {
    nameCharacters: 100,
    emailCharacters: 254,
    /** As people count them; one of them may be many units. */
    labelCharacters: 40,
    labelUnits: 200,
    phoneCharacters: 40,
    /** A code as it is typed or pasted, blanks and hyphens included; the longest is a recovery code. */
    codeCharacters: 64,
  },

  /** Handing over messages. */
  delivery: {
    /** A code that somebody waits for is handed over within the request, at most this long. */
    withinRequest: seconds(5),
    /** What one provider gets to answer; less while another could be asked, because somebody may be waiting. */
    withinProvider: { last: seconds(10), before: seconds(4) },
    pollEvery: seconds(1),
    /** The recipient's side is in trouble (a full mailbox, greylisting): seldom, and not for ever. */
    backoff: [seconds(5), seconds(30), minutes(2), minutes(10), minutes(30), hours(1)],
    maxTries: 20,
    /** The provider is in trouble: soon after it is back, the message is handed over (alerts within 60 s, NIST 4.6). */
    troubleBackoff: { first: [seconds(5), seconds(30), minutes(1)], tries: 120, afterwards: minutes(10) },
    /** A wait is up to this part longer, so that what failed together is not tried together. */
    jitter: 0.25,
    /** After so many answers in a row that are the provider's own trouble it rests; then one message tries it. */
    breaker: { troubles: 5, rest: seconds(30) },
    /** A worker that died gives its message back after this long. */
    claim: minutes(1),
    batch: 20,
    /**
     * A code that its provider took and then reports as failed goes to the next provider while somebody may be looking at
     * its page (as long as the page looks by itself), and is wiped after that.
     */
    nextProviderWithin: minutes(3),
    /** So many are wiped in one statement, which holds no more rows than that. */
    wipeBatch: 500,
    /** What a message cost is asked for so long after it was taken, and again after so long; a few at a time. */
    askCost: {
      first: minutes(2),
      again: [hours(1), days(1)],
      every: seconds(20),
      batch: 20,
      limit: seconds(5),
    },
    keepFor: days(30),
    /** When a person may expect a message, by channel. */
    expectedWithin: { text: seconds(20), voice: seconds(40), email: minutes(1) },
    /** A signed call-back of an http gateway is good this long either side of its time stamp. */
    callbackWindow: minutes(5),
    /** A call that is not picked up for this long rings in vain. */
    ring: seconds(30),
  },

  /** The line that tells what happened to a message. */
  line: {
    /** So long after sending, without word of its delivery, the next best way is offered first. */
    offerAfter: seconds(20),
    /** The module looks again so often at first, then more seldom, and gives up. */
    look: { every: seconds(2), calmAfter: seconds(40), calmEvery: seconds(5), atMost: minutes(3) },
    /** A call says a code again only while it lives so long; otherwise it says a new one. */
    callWithin: minutes(2),
  },

  /** A number that so many messages in a row did not reach: its owner is warned before the lock-out. */
  numberHealth: { failures: 3, lookEvery: seconds(30), lookBack: minutes(15), batch: 200 },

  /** What /outbox shows of the demonstration's messages: the end of the file, and no more than fit a page. */
  outbox: { bytes: 256 * 1024, messages: 50 },

  /** Your Account shows the newest events, Recent activity more of them; a download is read in batches. */
  activity: { onAccount: 5, onPage: 25, batch: 1000 },

  /**
   * Wrong passwords in the log. Every one is counted in the tally of a day; an event is written for the first from an
   * address in an hour, for so many a day at most, and for the 10th, 100th, 1000th of the day: whoever guesses can
   * neither fill the log nor hide in it.
   */
  wrongPasswords: {
    tally: days(1),
    addressHour: { max: 1, window: hours(1) },
    accountDay: { max: 20, window: days(1) },
  },

  /** Alerts: who is told besides the account's own address, and how often by text. */
  alerts: {
    /** A former address is told for so long: an intruder who changes it cannot act unseen afterwards (AT-072). */
    formerAddress: days(7),
    /**
     * Texts of alerts, apart from those of codes: whoever asks for ten codes must not have silenced the alert that
     * follows. So what gives somebody a way in is counted apart from what takes one away (lib/proof/told.ts). What a
     * prefix, a country and the site may cost in a day is shared with the codes; past their limits alerts may use a
     * fifth more, so that whoever uses up a country's codes does not silence its alerts with them.
     */
    areaShare: 1.2,
    numberDay: { max: 5, window: days(1) },
    accountDay: { max: 15, window: days(1) },
    /** A text that could not be delivered for so long is no news any more; the mail is kept trying. */
    textUsefulFor: days(1),
    /**
     * Calls of alerts, where a number takes nothing else. Somebody must pick up, so they are fewer than texts: one brings
     * its owner to the account, where the rest stands (docs/decisions/0039).
     */
    callPause: { max: 1, window: minutes(10) },
    callDay: { max: 3, window: days(1) },
    /** Later it would ring at another time of day than what it tells of. */
    callUsefulFor: hours(1),
  },

  /** The language of the pages, kept by the browser, and of messages, kept with the account. */
  languageChoice: {
    /** The longest that browsers keep a cookie (RFC 6265bis 5.5). */
    keptFor: days(400),
    /** Each is told by mail: more would only fill a mailbox. */
    accountDay: { max: 5, window: days(1) },
  },

  /** The support desk (docs/decisions/0029-four-eyes-desk.md). */
  desk: {
    /** An agent proves who they are this often (NIST SP 800-63B-4 2.2.3 asks it of AAL2 after an hour at the latest). */
    session: minutes(15),
    /** A code given for one step is taken by the command that asked for it; what was not is over after this. */
    step: minutes(1),
    /** Codes asked for in one sign-in at the desk, right or wrong: more than anybody has steps in a quarter of an hour. */
    steps: { max: 10, window: minutes(15) },
    /** A request that no second agent approved, or that was not carried out, is over after a working day and a night. */
    request: hours(24),
    /** As people say it on the phone, in fours: 60 bits, five tries, a quarter of an hour, and only beside the password. */
    pass: { lifetime: minutes(15), characters: 12, tries: 5 },
    /** A method that came by a pass proves no removal of the others for so long: the owner may be on a journey. */
    holdsOthers: days(7),
    /** Of one agent: what a day at the desk needs, and far less than a walk through everybody's accounts. */
    lookUps: { max: 30, window: hours(1) },
    requests: { max: 20, window: days(1) },
    /** One mail for the looks of one agent into one account in an hour; every look is in the log. */
    lookTold: { max: 1, window: hours(1) },
    noteCharacters: 300,
    requestIdCharacters: 8,
    timeline: { shown: 20, max: 200 },
  },

  /**
   * Recovery after every method is lost (NIST SP 800-63B-4 4.2.2.2; Google's and GitHub's holds of 3 to 5 days). What a
   * proof is worth and what a sum of them waits: the one table, explained in docs/decisions/0023.
   */
  recovery: {
    points: {
      password: 3,
      email: 2,
      "second-email": 2,
      "trusted-device": 4,
      "known-device": 3,
      "old-code": 4,
      "old-number": 1,
      contact: 4,
      support: 4,
      /** Where from: anybody on that network has it, so it shortens and is no proof of its own. */
      history: 1,
    },
    /** The first line whose points are reached. With password and mailbox alone an intruder waits, and is seen, a week. */
    waits: [
      { points: 13, wait: hours(24) },
      { points: 10, wait: hours(48) },
      { points: 7, wait: hours(72) },
      { points: 5, wait: days(7) },
      { points: 0, wait: days(14) },
    ],
    /** NIST 4.2.2.2: two different proofs, never one channel twice. */
    proofsNeeded: 2,
    /** What an intruder could have made just now is no evidence: a browser, an address, a contact, a number. */
    evidenceAge: days(7),
    /** Signed in from the same network with the same browser for so long. */
    historyAge: days(30),
    /** Collecting evidence: until a person has called a contact or found an old list. */
    collect: hours(2),
    /** Codes typed in, over all kinds; as of a link that puts back. */
    tries: 10,
    secret: { characters: 10, lifetime: minutes(30) },
    /**
     * Began and never started: nothing is sent by it, so an account's many are rows for two hours; from one network few, or
     * whoever has the password would use up all. These and the next ones are counted by the way it was begun (0034).
     */
    begin: {
      account: { max: 200, window: days(1) },
      accountAndAddress: { max: 20, window: days(1) },
      addressHour: { max: 20, window: hours(1) },
      desk: { max: 20, window: days(1) },
    },
    /** Starts of an account: each is a notice at once, so they are few. */
    start: { max: 3, window: days(7) },
    /**
     * Mails with codes and questions to contacts. As many of each recovery with the code that finishes it, each with the
     * ten tries anew: at most 4 · 14 · 10 guesses of 50 bits in the days in which it can be finished.
     */
    codeMailsEach: { max: 4, window: days(1) },
    codeMails: { max: 6, window: days(1) },
    contactMailsEach: { max: 2, window: days(1) },
    contactMails: { max: 3, window: days(1) },
    /** Numbers typed in, whether or not they are the account's: nobody has had many, and each is a guess. */
    oldNumber: {
      recovery: { max: 5, window: days(1) },
      account: { max: 10, window: days(1) },
      addressHour: { max: 20, window: hours(1) },
    },
    noticeEvery: days(1),
    /** Without one notice that was handed over it gives up. */
    unnoticedFor: days(30),
    /** From the end of the wait on it can be finished for so long. */
    finishWithin: days(14),
    keepFor: days(30),
    lookEvery: seconds(2),
    batch: 50,
    contacts: 5,
    /** After it: e-mail, password and numbers stay as they are; new methods remove none (Google). */
    holdChanges: hours(48),
    holdRemovals: days(7),
    keepFormer: days(365),
  },

  /** Methods that do not open (a lost key, a changed row) have a line of the log each, up to so many a process. */
  brokenRowsTold: 100,

  /** RFC 9116 2.5.5 recommends less than a year; it is computed at each answer, so it never runs out while we serve it. */
  securityTxt: { lifetime: days(180) },

  sweep: { every: minutes(10), batch: 1000, keepEvents: days(365), keepAttempts: days(1) },
} as const;
