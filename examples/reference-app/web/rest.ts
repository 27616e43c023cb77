import { ApiError, type Method } from '@evscallpro/api-client'
import { newToken, session } from './session.ts'

/** No answer of the server came: it is away, the line is cut, or something on the way answered in its place. */
export class NoAnswer extends Error {}

/** What a request can end with beside its answer. */
export type Failure = ApiError | NoAnswer

/** A request as the person who has signed in. Throws a `Failure`. */
export const rest = <T>(method: Method, path: string, body?: object): Promise<T> =>
  answered(session.request<T>(method, path, body))

/** A file of the API. Throws a `Failure`. */
export const file = (path: string): Promise<Blob> => answered(download(path))

async function download(path: string): Promise<Blob> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${await newToken()}` } })
  if (!response.ok) throw new ApiError(response.status, await response.json())
  return response.blob()
}

async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request
  } catch (error) {
    throw error instanceof ApiError ? error : new NoAnswer('No answer of the server came', { cause: error })
  }
}
