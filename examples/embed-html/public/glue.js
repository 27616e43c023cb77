const cc = document.querySelector('#cc')
const start = document.querySelector('#start')
const refused = document.querySelector('#refused')

// A status of 401 or 403 means that nobody is signed in; whatever else goes wrong is tried again.
cc.getToken = async () => {
  const response = await fetch('/token', { method: 'POST' })
  if (response.ok) return response.text()
  throw Object.assign(new Error(`No token: ${response.status}`), { status: response.status })
}

// Only who is at work can call: the page's own button begins the shift.
const begin = async () => {
  const result = await cc.commands.login({ station: 'extension' })
  refused.textContent = result.ok ? '' : result.message
}
start.addEventListener('click', () => void begin())
const offerStart = () => {
  start.hidden = cc.session.agent.value?.state !== 'offline'
}
cc.addEventListener('evs-ready', offerStart)
cc.addEventListener('evs-agent-state-change', offerStart)
