import type { Customer } from './customers.ts'
import { type Html, html } from './html.ts'

/** Who is signed in to the CRM. */
export interface CrmUser {
  readonly name: string
  /** His login at the call centre. */
  readonly agentLogin: string
}

const menu = [
  ['/', 'Accueil'],
  ['/clients', 'Clients'],
  ['/devis', 'Devis'],
  ['/factures', 'Factures'],
  ['/agenda', 'Agenda']
] as const

export interface Frame {
  readonly title: string
  readonly at: string
  readonly user: CrmUser
  /** Address of the call centre's server. */
  readonly callCentre: string
}

/**
 * Every page is written anew by the server, as this CRM has done since 2009. What was added for the call centre: the script of
 * the call centre, the glue, the elements.
 */
export const page = ({ title, at, user, callCentre }: Frame, content: Html): Html => html`<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GestiPro - ${title}</title>
<link rel="stylesheet" href="/crm.css">
<script type="module" src="${callCentre}/elements/agent-kit.js"></script>
<script type="module" src="/evs-glue.js"></script>
</head>
<body>
<header id="top"><table class="w" role="presentation"><tr><td class="logo">GestiPro <small>Clients v7.2</small></td><td class="hi">Bonjour <b>${user.name}</b> | <form method="post" action="/deconnexion"><button>Quitter</button></form></td></tr></table></header>
<nav id="nav">${menu.map(([href, label]) => html`<a href="${href}"${at === href ? html` class="on"` : ''}>${label}</a>`)}</nav>
<evs-provider id="cc" base-url="${callCentre}" screen-pop="/clients{?phone}" screen-pop-target="same">
<section class="host-bar" aria-label="Appel"><evs-call-bar></evs-call-bar></section>
<div id="main">
<aside id="side"><h2>Recherche</h2>
<form action="/clients"><input type="text" name="q" aria-label="Recherche"><input type="submit" value="OK"></form>
<h2>Téléphone</h2>
<evs-connection-status></evs-connection-status><evs-agent-login></evs-agent-login><evs-agent-state></evs-agent-state>
<h2>Campagne</h2>
<evs-next-contact></evs-next-contact><evs-wrap-up></evs-wrap-up></aside>
<main id="content"><p class="crumb">Accueil &raquo; ${title}</p>${content}
<p class="foot">GestiPro &copy; 2009-2026</p></main>
</div>
</evs-provider>
</body>
</html>`

const dial = (number: string): Html =>
  html`<evs-click-to-dial number="${number}">${number.replace(/^\+33(\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '0$1 $2 $3 $4 $5')}</evs-click-to-dial>`

export const listPage = (found: readonly Customer[]): Html => html`<h1>Clients (${String(found.length)})</h1>
<table class="grid"><tr><th>N°</th><th>Nom</th><th>Ville</th><th>Téléphone</th><th>Dernier contact</th><th>Solde</th></tr>${found.map(
  (one, at) =>
    html`<tr${at % 2 ? html` class="alt"` : ''}><td>${one.id}</td><td><a href="/clients/${one.id}">${one.lastName} ${one.firstName}</a></td><td>${one.city}</td><td>${dial(one.phone)}</td><td>${one.lastContact}</td><td class="rt">${one.balance}</td></tr>`
)}</table>`

export const customerPage = (one: Customer): Html => html`<h1>Fiche client n° ${one.id}</h1>
<table class="form"><tr><th>Nom</th><td>${one.lastName}</td><th>Prénom</th><td>${one.firstName}</td></tr>
<tr><th>Tél. fixe</th><td>${dial(one.phone)}</td><th>Tél. mobile</th><td>${one.mobile ? dial(one.mobile) : '-'}</td></tr>
<tr><th>Adresse</th><td>${one.street}</td><th>Ville</th><td>${one.city}</td></tr>
<tr><th>Dernier contact</th><td>${one.lastContact}</td><th>Solde</th><td>${one.balance}</td></tr></table>`

export const unknownNumberPage = (number: string): Html => html`<h1>Numéro inconnu</h1>
<p>Aucune fiche ne porte le numéro ${dial(number)}.</p>`

export const emptyPage = (title: string): Html => html`<h1>${title}</h1><p>Rien à afficher aujourd’hui.</p>`

/** The CRM's own way of signing in is not what this example is about: it asks for a name only. */
export const signInPage = (users: readonly CrmUser[]): Html => html`<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><title>GestiPro - Connexion</title><link rel="stylesheet" href="/crm.css"></head>
<body><header id="top"><table class="w" role="presentation"><tr><td class="logo">GestiPro <small>Clients v7.2</small></td></tr></table></header>
<div id="main"><main id="content"><h1>Connexion</h1><form method="post" action="/connexion"><label>Utilisateur <select name="user">${users.map(
  ({ name, agentLogin }) => html`<option value="${agentLogin}">${name}</option>`
)}</select></label> <input type="submit" value="Entrer"></form></main></div></body>
</html>`
