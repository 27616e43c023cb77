document.querySelector('#cc').getToken = async () => (await fetch('/token', { method: 'POST' })).text()
