// All that this CRM's developer wrote in the browser.
const cc = document.querySelector('#cc')

// The page asks its own server; the key stays there. The token is kept in memory only. A status of 401 or 403 means that
// nobody is signed in; whatever else goes wrong is tried again.
cc.getToken = async () => {
  const response = await fetch('/evs-token', { method: 'POST' })
  if (response.ok) return response.text()
  throw Object.assign(new Error(`The CRM gave no token: ${response.status}`), { status: response.status })
}
