import { leaseTestServer, type TestServer } from './test-server.ts'

/**
 * Keeps the test server up while a run of many test files lasts, and stops it at the end unless another run uses it.
 * Test processes need to be told nothing: they find the server by themselves.
 */
export async function withTestServer<T>(run: (server: TestServer) => Promise<T>): Promise<T> {
  const lease = await leaseTestServer()
  try {
    return await run({ url: lease.url, embedded: lease.embedded })
  } finally {
    await lease.release({ stop: true })
  }
}
