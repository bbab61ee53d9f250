/** `--config FILE`: reads a configuration. */
import { readFile } from 'node:fs/promises';
import { CommandError } from '../errors.ts';
import { messageOf } from '../open-disk.ts';
import { parseConfig, type Config, type ConfigInput } from './config.ts';

/** A configuration, as it was written and as it is meant. */
export interface ConfigFile {
  readonly input: ConfigInput;
  readonly config: Config;
}

/**
 * Reads and checks a file.
 *
 * @throws CommandError - it cannot be read, is no JSON, or says what cannot be: a line for each problem,
 *   with the place in the file.
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  const input = await readJson(path);
  const result = parseConfig(input);
  if ('config' in result) return { input: input as ConfigInput, config: result.config };
  const lines = result.problems.map(({ path: place, message }) =>
    place === '' ? `${path}: ${message}` : `${path}: ${place}: ${message}`,
  );
  throw new CommandError(lines.join('\n'));
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(`cannot read the configuration: ${messageOf(error)}`, { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CommandError(`${path} is no JSON: ${messageOf(error)}`, { cause: error });
  }
}
