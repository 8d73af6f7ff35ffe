/** What a start says of a port that it cannot have. Plain Node without packages: it is asked before they are there. */

/** The words for an error of listening at `port`, or undefined for one that is not the port's. */
export function portProblem({ code }, port) {
  if (code === "EADDRINUSE")
    return `Port ${port} is taken (PORT). Choose another one: PORT=${port < 65535 ? port + 1 : 3000} npm start`;
  if (code === "EACCES")
    return `Port ${port} may not be used by this user (PORT). Choose one over 1023: PORT=3000 npm start`;
  return undefined;
}
