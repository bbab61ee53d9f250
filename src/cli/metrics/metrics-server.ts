/** `--metrics ADDRESS:PORT`: an HTTP server that knows one page. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { CommandError } from '../errors.ts';
import { formatAddress, type Address } from '../portal-option.ts';

/** An HTTP server that is up. */
export interface MetricsServer {
  /** Where the page is, e.g. `http://127.0.0.1:9100/metrics`. */
  readonly url: string;
  /** Stops it; scrapes under way are cut. */
  close(): Promise<void>;
}

/** Scrapers are few; the rest is somebody else. */
const MOST_CONNECTIONS = 16;
const TIMEOUT_MS = 10_000;
/** 8 KiB of header is more than any scraper sends. */
const MOST_HEADER_BYTES = 8192;

/**
 * Serves the metrics as text at `/metrics`, to GET and HEAD.
 *
 * @throws CommandError - it cannot listen there.
 */
export async function serveMetrics(address: Address, register: Registry): Promise<MetricsServer> {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      keepAliveTimeout: TIMEOUT_MS,
    },
    (request, response) => void answer(request, response, register),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const message = `cannot serve metrics on ${formatAddress(address)}: ${error.message}`;
      reject(new CommandError(message, { cause: error }));
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${formatAddress({ ...address, port })}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  register: Registry,
): Promise<void> {
  // What a body says does not matter; it must not wait in the socket either.
  request.resume();
  const { method = '' } = request;
  const path = (request.url ?? '').split('?')[0];
  const plain = (
    status: number,
    text: string,
    headers: Readonly<Record<string, string>> = {},
  ): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
    response.end(method === 'HEAD' ? undefined : text);
  };
  if (path !== '/metrics') return plain(404, 'The metrics are at /metrics.\n');
  if (method !== 'GET' && method !== 'HEAD')
    return plain(405, 'GET or HEAD.\n', { Allow: 'GET, HEAD' });
  try {
    plain(200, await register.metrics(), { 'Content-Type': register.contentType });
  } catch (error) {
    plain(500, `${String(error)}\n`);
  }
}
