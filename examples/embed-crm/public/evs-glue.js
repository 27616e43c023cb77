// All that this CRM's developer wrote in the browser.
const cc = document.querySelector('#cc')

// The page asks its own server; the key stays there. The token is kept in memory only.
cc.getToken = async () => {
  const response = await fetch('/evs-token', { method: 'POST' })
  if (!response.ok) throw new Error('The CRM gave no token')
  return response.text()
}
