"""A collection of photos: measured, grouped by what they show, and put in order."""

from framepick.photos.arranging import arranged
from framepick.photos.measuring import MeasuredFile, PhotoMeter
from framepick.photos.pictures import PhotoPictures

__all__ = ["MeasuredFile", "PhotoMeter", "PhotoPictures", "arranged"]
