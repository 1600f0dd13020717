"""Great-circle distances.

Belongs here: the distance of two places on Earth. Does not belong here: what a distance says about
a payment; features and rules have that.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_EARTH_RADIUS_KM = 6371


def great_circle_km(
    latitude_1: pa.Array, longitude_1: pa.Array, latitude_2: pa.Array, longitude_2: pa.Array
) -> pa.Array:
    """Distance in kilometres between two places in degrees, on a sphere of radius 6,371 km.

    The haversine formula, as the macro of the same name has it.

    Args:
        latitude_1, longitude_1, latitude_2, longitude_2: doubles, shape (n,), degrees.

    Returns:
        Doubles, shape (n,), kilometres; null where a coordinate is.
    """
    places = (latitude_1, longitude_1, latitude_2, longitude_2)
    is_known = pc.and_(
        pc.and_(pc.is_valid(latitude_1), pc.is_valid(longitude_1)),
        pc.and_(pc.is_valid(latitude_2), pc.is_valid(longitude_2)),
    )
    lat_1, lon_1, lat_2, lon_2 = (
        np.radians(pc.fill_null(each.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False))
        for each in places
    )
    haversine = (
        np.sin((lat_2 - lat_1) / 2) ** 2
        + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    )
    # Rounding can carry it past 1.
    distance = 2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return pc.if_else(is_known, pa.array(distance), pa.scalar(None, pa.float64()))
