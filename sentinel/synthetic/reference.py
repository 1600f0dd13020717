"""Reference data of the synthetic world: cities, merchant categories and distances.

Belongs here: facts that no configuration changes.
Does not belong here: customers, terminals, or anything drawn at random.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sentinel.synthetic.arrays import Floats, Integers

_EARTH_RADIUS_KM = 6_371.0088


class City(NamedTuple):
    """A place where customers live and terminals stand; the offset is standard time."""

    name: str
    country_code: str
    currency: str
    latitude: float
    longitude: float
    utc_offset_hours: int
    weight: float


class MerchantCategory(NamedTuple):
    """An ISO 18245 category: how common it is and its amounts against the customer's mean."""

    code: str
    description: str
    physical_weight: float
    online_weight: float
    amount_factor: float


#: Small data uses the first cities only, so neighbours in this list are far apart in the world.
CITIES: tuple[City, ...] = (
    City("Madrid", "ES", "EUR", 40.4168, -3.7038, 1, 5),
    City("São Paulo", "BR", "BRL", -23.5505, -46.6333, -3, 7),
    City("New York", "US", "USD", 40.7128, -74.0060, -5, 6),
    City("London", "GB", "GBP", 51.5074, -0.1278, 0, 6),
    City("Berlin", "DE", "EUR", 52.5200, 13.4050, 1, 4),
    City("Mexico City", "MX", "MXN", 19.4326, -99.1332, -6, 4),
    City("Paris", "FR", "EUR", 48.8566, 2.3522, 1, 5),
    City("Rio de Janeiro", "BR", "BRL", -22.9068, -43.1729, -3, 4),
    City("Los Angeles", "US", "USD", 34.0522, -118.2437, -8, 4),
    City("Lisbon", "PT", "EUR", 38.7223, -9.1393, 0, 3),
    City("Rome", "IT", "EUR", 41.9028, 12.4964, 1, 3),
    City("Toronto", "CA", "CAD", 43.6532, -79.3832, -5, 3),
    City("Barcelona", "ES", "EUR", 41.3874, 2.1686, 1, 3),
    City("Chicago", "US", "USD", 41.8781, -87.6298, -6, 3),
    City("Manchester", "GB", "GBP", 53.4808, -2.2426, 0, 2),
    City("Munich", "DE", "EUR", 48.1351, 11.5820, 1, 2),
    City("Milan", "IT", "EUR", 45.4642, 9.1900, 1, 2),
    City("Lyon", "FR", "EUR", 45.7640, 4.8357, 1, 2),
    City("Porto", "PT", "EUR", 41.1579, -8.6291, 0, 2),
    City("Belo Horizonte", "BR", "BRL", -19.9167, -43.9345, -3, 2),
    City("Houston", "US", "USD", 29.7604, -95.3698, -6, 2),
    City("Hamburg", "DE", "EUR", 53.5511, 9.9937, 1, 2),
    City("Valencia", "ES", "EUR", 39.4699, -0.3763, 1, 1.5),
    City("Birmingham", "GB", "GBP", 52.4862, -1.8904, 0, 1.5),
    City("Zurich", "CH", "CHF", 47.3769, 8.5417, 1, 1.5),
    City("Brasília", "BR", "BRL", -15.7939, -47.8828, -3, 1.5),
    City("Miami", "US", "USD", 25.7617, -80.1918, -5, 1.5),
    City("Dublin", "IE", "EUR", 53.3498, -6.2603, 0, 1.5),
    City("Amsterdam", "NL", "EUR", 52.3676, 4.9041, 1, 1.5),
    City("Monterrey", "MX", "MXN", 25.6866, -100.3161, -6, 1.5),
)

CATEGORIES: tuple[MerchantCategory, ...] = (
    MerchantCategory("5411", "Grocery stores, supermarkets", 0.24, 0.06, 0.8),
    MerchantCategory("5812", "Eating places, restaurants", 0.15, 0.0, 0.9),
    MerchantCategory("5814", "Fast food restaurants", 0.10, 0.08, 0.4),
    MerchantCategory("5541", "Service stations", 0.10, 0.0, 1.1),
    MerchantCategory("5912", "Drug stores, pharmacies", 0.06, 0.03, 0.6),
    MerchantCategory("5311", "Department stores", 0.06, 0.10, 1.3),
    MerchantCategory("5651", "Family clothing stores", 0.06, 0.14, 1.2),
    MerchantCategory("5732", "Electronics stores", 0.03, 0.14, 1.9),
    MerchantCategory("5942", "Book stores", 0.02, 0.08, 0.5),
    MerchantCategory("4111", "Local passenger transport", 0.06, 0.02, 0.3),
    MerchantCategory("4511", "Airlines", 0.0, 0.05, 2.2),
    MerchantCategory("7011", "Hotels and lodging", 0.03, 0.06, 2.0),
    MerchantCategory("5816", "Digital goods: games", 0.0, 0.12, 0.4),
    MerchantCategory("5968", "Subscription merchants", 0.0, 0.06, 0.3),
    MerchantCategory("5999", "Miscellaneous retail stores", 0.01, 0.06, 1.0),
    MerchantCategory("6011", "Automated cash disbursements", 0.08, 0.0, 1.3),
)

ATM_CATEGORY = next(i for i, category in enumerate(CATEGORIES) if category.code == "6011")


def distance_km(
    latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats
) -> Floats:
    """Great-circle distance in kilometres (haversine formula) between points in degrees."""
    from_latitude, to_latitude = np.radians(latitude), np.radians(other_latitude)
    half_latitude = (to_latitude - from_latitude) / 2
    half_longitude = np.radians(other_longitude - longitude) / 2
    chord = (
        np.sin(half_latitude) ** 2
        + np.cos(from_latitude) * np.cos(to_latitude) * np.sin(half_longitude) ** 2
    )
    return np.asarray(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)))


def city_count(terminals: int) -> int:
    """How many cities so many terminals are spread over."""
    return min(len(CITIES), max(2, terminals // 25))


def city_weights(cities: int) -> Floats:
    """Shares of the first cities, adding up to one."""
    weights = np.array([city.weight for city in CITIES[:cities]])
    return np.asarray(weights / weights.sum())


def city_distances_km(cities: int) -> Floats:
    """Matrix of distances between the first cities."""
    latitude = np.array([city.latitude for city in CITIES[:cities]])
    longitude = np.array([city.longitude for city in CITIES[:cities]])
    return distance_km(latitude[:, None], longitude[:, None], latitude[None, :], longitude[None, :])


def country_of_city(cities: int) -> tuple[list[str], Integers]:
    """The countries' codes, and for each city the position of its country among them."""
    codes = sorted({city.country_code for city in CITIES[:cities]})
    return codes, np.array([codes.index(city.country_code) for city in CITIES[:cities]])
