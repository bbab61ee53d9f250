/** What the command line got wrong, and what went wrong later. */

/** The command line asks for something that cannot be: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for cannot be done here and now (port taken, file missing): exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
