"""What countries are called in English besides the name that the database has, by alpha-2 code.

The short and full names of ISO 3166-1, the names of the United Nations, those of CLDR, and what people write. The order of words, case,
accents, punctuation, and `the`, `of` and `and` do not matter, so that `Korea, Republic of` need not stand beside `Republic of Korea`.
A name that is another country's too, such as `Korea` or `Virgin Islands`, does not belong here.
"""

_NAMES = """
AD Principality of Andorra
AE UAE | Emirates | U.A.E.
AF Islamic Republic of Afghanistan | Islamic Emirate of Afghanistan
AG Antigua and Barbuda | Antigua
AL Republic of Albania
AM Republic of Armenia
AO Republic of Angola
AQ Antarctica
AR Argentine Republic | Republic of Argentina | The Argentine
AS American Samoa | Samoa, American
AT Republic of Austria
AU Commonwealth of Australia
AX Åland Islands | Åland
AZ Republic of Azerbaijan
BA Bosnia and Herzegovina | Bosnia | Bosnia Herzegovina | Bosnia & Hercegovina
BD People's Republic of Bangladesh
BE Kingdom of Belgium
BG Republic of Bulgaria
BH Kingdom of Bahrain
BI Republic of Burundi
BJ Republic of Benin
BL Saint Barthélemy | St Barts | St Barths
BM Bermudas
BN Brunei | Brunei Darussalam
BO Bolivia | Plurinational State of Bolivia
BQ Bonaire, Sint Eustatius and Saba | Caribbean Netherlands | Bonaire | Bonaire, Saint Eustatius and Saba
BR Federative Republic of Brazil | Brasil
BS Commonwealth of The Bahamas
BT Kingdom of Bhutan
BV Bouvet
BW Republic of Botswana
BY Republic of Belarus | Belorussia | Byelorussia
CC Cocos (Keeling) Islands | Cocos Islands | Keeling Islands
CD DR Congo | DRC | Democratic Republic of the Congo | Congo DR | Congo Kinshasa | Zaire | D.R. Congo | D.R.C.
CD Democratic Republic of Congo
CF Central African Republic | CAR
CG Congo | Republic of the Congo | Congo Brazzaville
CH Swiss Confederation
CI Ivory Coast | Côte d'Ivoire | Cote d Ivoire | Republic of Côte d'Ivoire
CL Republic of Chile
CM Republic of Cameroon
CN China | People's Republic of China | PRC | P.R. China | PR China | Mainland China | P.R.C.
CO Republic of Colombia
CR Republic of Costa Rica
CU Republic of Cuba
CV Cape Verde | Cabo Verde | Republic of Cabo Verde | Republic of Cape Verde
CY Republic of Cyprus
CZ Czechia | Czech Republic | Czech Rep
DE Federal Republic of Germany | Deutschland
DJ Republic of Djibouti
DK Kingdom of Denmark
DM Commonwealth of Dominica
DO Dominican Republic
DZ People's Democratic Republic of Algeria
EC Republic of Ecuador
EE Republic of Estonia
EG Arab Republic of Egypt
EH Western Sahara | Sahrawi Arab Democratic Republic
ER State of Eritrea
ES Kingdom of Spain | España
ET Federal Democratic Republic of Ethiopia
FI Republic of Finland
FJ Republic of Fiji | Fiji Islands
FK Falkland Islands | Falkland Islands (Malvinas) | Falklands | Falkland Islands (Islas Malvinas)
FM Micronesia | Federated States of Micronesia | Fed States of Micronesia
FO Faroe Islands | Faeroe Islands | Faroes
FR French Republic | Metropolitan France
GA Gabonese Republic
GB UK | United Kingdom | Great Britain | Britain | United Kingdom of Great Britain and Northern Ireland | England | Scotland
GB Wales | Northern Ireland
GB UK (England) | UK (Scotland) | UK (Wales) | UK (Northern Ireland) | U.K. of Great Britain and Northern Ireland | G.B.
GE Republic of Georgia
GF French Guiana | French Guyana | Guiana, French
GH Republic of Ghana
GM Republic of the Gambia | Islamic Republic of the Gambia
GN Republic of Guinea | Guinea Conakry
GQ Republic of Equatorial Guinea
GR Hellenic Republic | Hellas
GS South Georgia and the South Sandwich Islands | South Georgia
GT Republic of Guatemala
GW Guinea Bissau | Republic of Guinea-Bissau
GY Co-operative Republic of Guyana | Cooperative Republic of Guyana | Republic of Guyana
HK Hong Kong | Hongkong | Hong Kong SAR | Hong Kong SAR China | China, Hong Kong Special Administrative Region
HK China, Hong Kong SAR | Hong Kong China
HK Hong Kong Special Administrative Region
HM Heard Island and McDonald Islands | Heard and McDonald Islands
HN Republic of Honduras
HR Republic of Croatia | Hrvatska
HT Republic of Haiti
HU Republic of Hungary
ID Republic of Indonesia
IE Republic of Ireland | Eire | Éire | Irish Republic
IL State of Israel
IM Isle of Man
IN Republic of India | Bharat
IO British Indian Ocean Territory | Chagos Archipelago
IQ Republic of Iraq
IR Iran | Islamic Republic of Iran | Persia
IS Republic of Iceland
IT Italian Republic | Italia
JO Hashemite Kingdom of Jordan
KE Republic of Kenya
KG Kyrgyzstan | Kyrgyz Republic | Kirghizia | Kirgizstan | Kirghizstan
KH Kingdom of Cambodia | Kampuchea
KI Republic of Kiribati
KM Union of the Comoros | Comoro Islands
KN Saint Kitts and Nevis | Saint Kitts | Federation of Saint Kitts and Nevis | Saint Christopher and Nevis | Saint Kitts-Nevis
KP North Korea | Democratic People's Republic of Korea | DPRK | D.P.R.K. | N. Korea | Korea DPR | DPR Korea | PRK
KR South Korea | Republic of Korea | S. Korea | ROK | R.O.K.
KW State of Kuwait
KY Caymans
KZ Republic of Kazakhstan | Kazakstan
LA Laos | Lao People's Democratic Republic | Lao PDR | Lao
LB Lebanese Republic
LC Saint Lucia
LI Principality of Liechtenstein
LK Democratic Socialist Republic of Sri Lanka | Ceylon
LR Republic of Liberia
LS Kingdom of Lesotho
LT Republic of Lithuania
LU Grand Duchy of Luxembourg | Luxemburg
LV Republic of Latvia
LY State of Libya | Libyan Arab Jamahiriya | Great Socialist People's Libyan Arab Jamahiriya
MA Kingdom of Morocco
MC Principality of Monaco
MD Moldova | Republic of Moldova | Moldavia
ME Republic of Montenegro
MF Saint Martin (French part) | Collectivity of Saint Martin
MG Republic of Madagascar
MH Republic of the Marshall Islands | Marshalls
MK North Macedonia | Macedonia | Republic of North Macedonia | The former Yugoslav Republic of Macedonia | FYROM | FYR Macedonia
MK Republic of Macedonia | F.Y.R.O.M.
ML Republic of Mali
MM Myanmar | Burma | Myanmar (Burma) | Burma (Myanmar) | Republic of the Union of Myanmar | Union of Myanmar | Union of Burma
MN State of Mongolia
MO Macao | Macau | Macao SAR | Macau SAR | Macao SAR China | China, Macao Special Administrative Region | Macau SAR China
MO Macau China | Macao China
MO Macao Special Administrative Region | China, Macau Special Administrative Region | Macau Special Administrative Region
MP Northern Mariana Islands | Commonwealth of the Northern Mariana Islands | Northern Marianas
MR Islamic Republic of Mauritania
MT Republic of Malta
MU Republic of Mauritius
MV Republic of Maldives | Maldive Islands
MW Republic of Malawi
MX United Mexican States | México
MZ Republic of Mozambique | Moçambique
NA Republic of Namibia
NE Republic of the Niger
NF Norfolk
NG Federal Republic of Nigeria
NI Republic of Nicaragua
NL Netherlands | Holland | Kingdom of the Netherlands | Nederland
NO Kingdom of Norway | Norge
NP Federal Democratic Republic of Nepal
NR Republic of Nauru
NZ Aotearoa | Aotearoa New Zealand | N.Z.
OM Sultanate of Oman
PA Republic of Panama
PE Republic of Peru
PF French Polynesia | Tahiti
PG Independent State of Papua New Guinea | PNG | P.N.G.
PH Republic of the Philippines | Phillipines | Philipines
PK Islamic Republic of Pakistan
PL Republic of Poland | Polska
PM Saint Pierre and Miquelon
PN Pitcairn | Pitcairn, Henderson, Ducie and Oeno Islands
PR Commonwealth of Puerto Rico | Porto Rico
PS Palestine | State of Palestine | Palestinian Territories | Palestinian Territory | Occupied Palestinian Territory
PS Palestinian Territory, Occupied | West Bank and Gaza | Palestinian Authority | Gaza Strip | West Bank
PT Portuguese Republic
PW Republic of Palau
PY Republic of Paraguay
QA State of Qatar
RE Réunion | Réunion Island
RO Roumania | Rumania
RS Republic of Serbia
RU Russia | Russian Federation
RW Rwandese Republic | Republic of Rwanda
SA Kingdom of Saudi Arabia | KSA | K.S.A.
SC Republic of Seychelles
SD Republic of the Sudan
SE Kingdom of Sweden | Sverige
SG Republic of Singapore
SH Saint Helena, Ascension and Tristan da Cunha | Saint Helena
SI Republic of Slovenia
SJ Svalbard and Jan Mayen | Svalbard | Svalbard and Jan Mayen Islands
SK Slovak Republic
SL Republic of Sierra Leone
SM Republic of San Marino
SN Republic of Senegal
SO Federal Republic of Somalia
SR Republic of Suriname | Surinam
SS Republic of South Sudan
ST Democratic Republic of São Tomé and Príncipe | São Tomé
SV Republic of El Salvador | Salvador
SX Sint Maarten | Sint Maarten (Dutch part) | Saint Maarten | Saint Martin (Dutch part)
SY Syria | Syrian Arab Republic
SZ Eswatini | Swaziland | Kingdom of Eswatini | Kingdom of Swaziland | eSwatini (Swaziland)
TC Turks and Caicos Islands | Turks and Caicos
TD Republic of Chad | Tchad
TF French Southern Territories | French Southern and Antarctic Lands
TG Togolese Republic
TH Kingdom of Thailand | Siam
TJ Republic of Tajikistan | Tadjikistan
TL Timor-Leste | East Timor | Democratic Republic of Timor-Leste
TN Republic of Tunisia | Tunisian Republic
TO Kingdom of Tonga
TR Turkey | Türkiye | Republic of Türkiye | Republic of Turkey | Turkiye (Turkey)
TT Republic of Trinidad and Tobago | Trinidad | Tobago
TW Taiwan | Taiwan, Province of China | Taiwan (Province of China) | Chinese Taipei | Republic of China | Taiwan (ROC)
TW Taiwan, Republic of China
TZ Tanzania | United Republic of Tanzania
UG Republic of Uganda
UM United States Minor Outlying Islands | U.S. Minor Outlying Islands
US USA | United States | United States of America | U.S. of America | The States | US of A
UY Eastern Republic of Uruguay | Oriental Republic of Uruguay
UZ Republic of Uzbekistan
VA Vatican | Vatican City | Holy See | Vatican City State | Holy See (Vatican City State) | State of the Vatican City
VC Saint Vincent and the Grenadines | Saint Vincent
VE Venezuela | Bolivarian Republic of Venezuela | Venezuela RB
VG British Virgin Islands | BVI | B.V.I. | Virgin Islands (U.K.)
VI United States Virgin Islands | U.S. Virgin Islands | USVI | U.S.V.I. | American Virgin Islands
VI Virgin Islands of the United States
VI Virgin Islands (USA)
VN Vietnam | Viet Nam | Socialist Republic of Viet Nam | Socialist Republic of Vietnam
VU Republic of Vanuatu
WF Wallis and Futuna Islands | Wallis and Futuna
WS Independent State of Samoa | Western Samoa
XK Republic of Kosovo | Kosova
YE Republic of Yemen
ZA Republic of South Africa | RSA | R.S.A.
ZM Republic of Zambia
ZW Republic of Zimbabwe
"""

OTHER_NAMES: dict[str, list[str]] = {}
for _line in _NAMES.split("\n")[1:-1]:
    OTHER_NAMES.setdefault(_line[:2], []).extend(_line[3:].split(" | "))
