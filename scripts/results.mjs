/** What the reports of both test programs say of each test: which failed, and which passed at its second try only. */

/**
 * Every test of a report of vitest's; a passed one that has failures to tell of needed another try. A file that failed
 * without any of its tests did not even load.
 */
export function endingsOfVitest(report) {
  const failed = [];
  const secondTries = [];
  for (const { name: file, status: whole, assertionResults } of report?.testResults ?? []) {
    if (whole === "failed" && !assertionResults.some(({ status }) => status === "failed")) failed.push(file);
    for (const { status, fullName, failureMessages } of assertionResults) {
      const name = `${file}: ${fullName}`;
      if (status === "failed") failed.push(name);
      if (status === "passed" && failureMessages.length > 0) secondTries.push(name);
    }
  }
  return { failed, secondTries };
}

/** Every test of a report of Playwright's, or of a suite in it. */
export function endingsOfPlaywright(suite) {
  const inner = (suite?.suites ?? []).map(endingsOfPlaywright);
  const failed = inner.flatMap((each) => each.failed);
  const secondTries = inner.flatMap((each) => each.secondTries);
  for (const { title, file, tests } of suite?.specs ?? [])
    for (const { status, projectName } of tests) {
      const name = `[${projectName}] ${file}: ${title}`;
      if (status === "unexpected") failed.push(name);
      if (status === "flaky") secondTries.push(name);
    }
  return { failed, secondTries };
}
